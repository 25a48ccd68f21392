"""How each asset of the course was made: conversions, packs of data, and long trainings."""
