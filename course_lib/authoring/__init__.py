"""From a lesson's one hand-written source to its notebooks. Learners never import this."""
