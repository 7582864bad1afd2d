"""The pages: HTML, CSS and JavaScript, and filling them in."""
