"""Session descriptions: how two ends agree on a voice path (:rfc:`8866`, :rfc:`3264`). Sans-IO."""
