"""The catalogue of spoken texts and how numbers are said."""
