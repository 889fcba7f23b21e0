"""The pages of a development server alone."""
