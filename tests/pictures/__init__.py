"""Pictures of everything visitors see, compared with references.

``python -m tests.pictures`` accepts, compares, and makes a contact sheet.
"""
