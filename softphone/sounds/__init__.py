"""Sounds the phone makes itself: tones of the market, key beeps, the bell, the mechanics of the dial."""
