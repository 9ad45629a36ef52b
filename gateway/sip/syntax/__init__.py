"""What stands in messages: header fields and bodies, read as others write them, and written (:rfc:`3261#section-7`)."""
