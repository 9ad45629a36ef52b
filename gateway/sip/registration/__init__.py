"""Accounts, their registrars, and proving who we are (:rfc:`3261#section-10`, :rfc:`3261#section-22`)."""
