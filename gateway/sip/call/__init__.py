"""Calls: from INVITE to BYE (:rfc:`3261#section-12` to section 15)."""
