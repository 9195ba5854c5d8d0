-- What a household was told is the household's alone, as all else that carries its account.
drop policy practice on notifications.message;
call practice.guard('notifications.message', 'account');
