"""The far end of E1 spans: an ISDN or R2 exchange with people behind its channels."""
