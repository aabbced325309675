"""Covering faces so that none slips through: more is searched, more is covered, and what was lost stays covered.

cover      ovals over heads, and how cuts are detected
sight      finds heads by all detectors, with low thresholds
guard      decides frame by frame what is covered
look_ahead decides it for a whole file
"""
