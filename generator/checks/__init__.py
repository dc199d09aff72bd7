"""The judges: each takes PackageFiles and says what is wrong with them, whoever wrote them."""
