"""The card processor: Stripe's payment intents and refunds, with test cards and no money."""
