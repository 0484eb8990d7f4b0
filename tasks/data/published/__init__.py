"""Where published data sets come from: OpenML, mirrors, what scikit-learn bundles."""
