"""How good weights are: metrics, stress, steadiness, movement, reports and plots."""
