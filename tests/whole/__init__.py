"""The package as a whole: as it is installed, documented and used."""
