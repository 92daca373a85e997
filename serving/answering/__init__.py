"""From hits to a checked answer."""
