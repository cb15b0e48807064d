"""Certificates, handshakes, and how clients come to trust them."""
