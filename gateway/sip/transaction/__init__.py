"""Requests and their responses (:rfc:`3261#section-17`)."""
