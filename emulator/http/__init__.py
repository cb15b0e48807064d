"""The server: from bytes on a socket to a call, and from an outcome back to bytes."""
