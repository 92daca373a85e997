"""How well the check tells what a citation carries from what it does not."""
