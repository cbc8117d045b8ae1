"""The mat's page in a browser: a process of its own beside the daemon, which it asks over the control socket alone."""
