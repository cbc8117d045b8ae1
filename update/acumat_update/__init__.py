"""Changes the installed release of acumat, watches the new one, and goes back by itself. It uses nothing but Python's own library.

It is installed outside of the releases, as /usr/lib/acumat, and runs as root.
"""
