"""The installer's command line on a serial port: a client of the API."""
