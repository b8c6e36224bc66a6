"""Sales channels and the policies that hold on them."""
