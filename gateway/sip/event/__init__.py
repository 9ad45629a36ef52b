"""Event notification, and what shares a dialog with a call or needs none (:rfc:`6665`, :rfc:`3515`, :rfc:`3428`)."""
