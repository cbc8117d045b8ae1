"""Changes the installed release of acumat, watches the new one, and goes back automatically. Needs Python's own library alone.

It is installed outside of the releases, as /usr/lib/acumat, and runs as root.
"""
