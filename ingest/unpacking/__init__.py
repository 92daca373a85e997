"""Taking files out of archives and mails, inside the parsing sandbox."""
