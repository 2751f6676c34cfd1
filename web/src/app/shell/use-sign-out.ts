import { useNavigate } from '@tanstack/react-router';
import { useNotify } from '../../components/Notices.tsx';
import { signOut } from '../session.ts';

/** Gives the function that ends the session and leads to the sign-in page. */
export function useSignOut(): () => Promise<void> {
  const navigate = useNavigate();
  const notify = useNotify();
  return async () => {
    try {
      await signOut();
      await navigate({ to: '/signin' });
    } catch {
      notify('Signing out failed: Sallyport did not answer. You are still signed in.', 'bad');
    }
  };
}
