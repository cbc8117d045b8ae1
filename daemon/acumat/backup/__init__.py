"""A mat in one file: its history, configuration, id and safety rules, made beside a running daemon and put back whole."""
