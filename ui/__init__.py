"""Every way a person talks to Groundwork: the command line and the Streamlit app; nothing imports this package."""
