from connectors.selection import glob_pattern as glob_pattern
