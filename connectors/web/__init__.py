"""Documents on a website: pages by their main text, and the files that they link to."""
