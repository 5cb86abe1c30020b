"""What every interface calls: each call typed, each result one pydantic model with one JSON form."""
