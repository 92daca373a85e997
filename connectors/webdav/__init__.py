"""Documents on a WebDAV server: Nextcloud, ownCloud, Apache and their like."""
