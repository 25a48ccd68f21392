"""From submissions to marks: rooms with one door each, and arrows that point down.

hooks  >  run | results  >  marking | classroom  >  judging | sandbox | inside  >  record
       >  notebooks | wire | processes, capacity, stored
"""
