"""Languages, catalogues, formats, and texts in several languages."""
