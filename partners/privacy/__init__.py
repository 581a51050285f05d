"""Privacy: what a family can ask of a school about its records, and how long anything is kept. See README, 'Rights'."""
