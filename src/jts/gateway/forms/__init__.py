"""The shapes of requests and answers: one file per noun, described for people and for generated clients."""
