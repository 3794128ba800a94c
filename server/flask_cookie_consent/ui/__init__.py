"""What visitors are shown: texts, markup, style and scripts, in each language and regime."""
