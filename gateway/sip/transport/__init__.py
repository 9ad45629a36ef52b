"""Ways to a peer: where its server is, framing, signs of life, our own address (:rfc:`3261#section-18`)."""
