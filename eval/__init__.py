"""How good is it, in numbers: cases, scorers, reports, and benchmarks; knows no screen."""
