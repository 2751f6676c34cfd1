// Runs before the first paint, so that a chosen theme does not flash; src/app/theme.ts does the rest.
(() => {
  const chosen = localStorage.getItem('sallyport.theme');
  const dark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('pf-v6-theme-dark', dark);
})();
