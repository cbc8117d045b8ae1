"""How somebody lies: balance, stillness, breath, mode of use."""
