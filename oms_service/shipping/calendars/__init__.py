"""When locations work and carriers come: pure answers, the rows behind them, their editing."""
