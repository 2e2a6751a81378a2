"""The clauses of the DSP core measured, and the page of it."""
