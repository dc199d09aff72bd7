"""What a CfCT package is: as values (`model`), as bytes (`files`), and the way from one to the other."""
