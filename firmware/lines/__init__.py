"""Outside lines and phones as the call machine sees them: legs that ring, answer and end."""
