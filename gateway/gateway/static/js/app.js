/* Small parts that a page is nicer with. Every page works without this file. */
(() => {
  const $ = (s, r = document) => r.querySelector(s);
  const $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const root = document.documentElement;
  const csrf = $('meta[name=csrf]')?.content || '';
  // A redirect leads to the sign-in page: what was posted was not taken.
  const post = (url, fields = {}) => fetch(url, {
    method: 'POST', redirect: 'error', body: new URLSearchParams({ csrf, ...fields }),
  });

  // Close open menus on Escape or a press outside.
  const menus = () => $$('details.who[open]');
  addEventListener('click', e => menus().forEach(d => d.contains(e.target) || (d.open = false)));
  addEventListener('keydown', e => {
    if (e.key === 'Escape') menus().forEach(d => { d.open = false; $('summary', d).focus(); });
  });

  // Say the chosen time in the bar.
  addEventListener('change', e => {
    const t = e.target, said = $('[data-choice]');
    if (said && t.dataset.say) said.textContent = t.dataset.say;
  });

  let waiting;

  // A second press does nothing while the first is under way.
  addEventListener('submit', e => {
    const form = e.target;
    if (!form.matches('[data-once]')) return;
    if (form.dataset.busy) { e.preventDefault(); e.stopImmediatePropagation(); return; }
    form.dataset.busy = 1;
    clearTimeout(waiting); // or the draft would be kept after what it was for is sent
    e.submitter?.setAttribute('aria-busy', 'true');
  }, true);
  const ready = form => {
    delete form.dataset.busy;
    $$('[aria-busy]', form).forEach(b => b.removeAttribute('aria-busy'));
  };

  // Drafts go to the server two seconds after typing stops; nothing stays in the browser.
  const save = async t => {
    const note = $('[data-draft-note]', t.form), { subject, topic } = t.form;
    const words = { body: t.value, subject: subject?.value || '', topic: topic?.value || '' };
    const done = await post(t.dataset.draft, words).catch(() => null);
    if (note) note.textContent = done?.ok ? note.dataset.saved : '';
  };
  const keep = t => { clearTimeout(waiting); if (t) waiting = setTimeout(save, 2000, t); };
  addEventListener('input', e => {
    const t = e.target;
    if (t.tagName === 'TEXTAREA' && !CSS.supports('field-sizing', 'content')) t.rows = Math.min(8, t.value.split('\n').length + 1);
    if (t.form) keep($('[data-draft]', t.form));
  });

  // After a live update: one element an id, focus where it helps, newest message in view.
  addEventListener('htmx:after:swap', () => {
    for (const list of $$('#thread,#tickets,#news')) {
      const seen = {};
      for (const el of [...list.children]) {
        if (!el.id) continue;
        if (seen[el.id]) seen[el.id].replaceWith(el);
        seen[el.id] = el;
      }
    }
    if ($('#tickets .ticket')) $('#no-tickets')?.remove();
    const end = $('#thread > :last-child');
    if (end && end.getBoundingClientRect().top < innerHeight + 400) end.scrollIntoView({ block: 'nearest' });
  });
  addEventListener('htmx:finally:request', e => {
    const ctx = e.detail?.ctx, form = ctx?.sourceElement;
    if (form?.tagName !== 'FORM') return;
    ready(form);
    if (ctx.response?.status !== 200) return keep($('[data-draft]', form));
    form.reset();
    active();
    $$('textarea', form).forEach(t => { t.value = ''; });
    const key = $('[name=idempotency_key]', form);
    if (key) key.value = crypto.randomUUID();
    const note = $('[data-draft-note]', form);
    if (note) note.textContent = '';
  });

  // A stream that did not begin is asked for again; one that has begun comes back by itself.
  addEventListener('htmx:finally:request', e => {
    const { sourceElement: el, response } = e.detail.ctx;
    if (el.hasAttribute('hx-sse:connect') && !el._htmx.sse && !(response?.status < 429)) {
      setTimeout(() => htmx.trigger(el, 'again'), 2000 + Math.random() * 3000);
    }
  });

  // Signed out elsewhere: this page closes as well.
  addEventListener('htmx:sse:error', e => { if (e.detail.status === 401) location.assign('/signed-out?why=ended'); });

  // A page brought back by the Back button asks the server again: it may be signed out by now.
  addEventListener('pageshow', e => {
    $$('[data-busy]').forEach(ready);
    if (e.persisted && root.dataset.session) location.reload();
  });
  $('[data-focus]:not([autofocus])')?.focus();

  // The staff's open item begins at its newest message, unless there is something to be told first.
  const desk = $('.desk__body');
  if (desk && $('#thread', desk) && !$('.flash,.errsum,.note', desk)) desk.scrollTop = desk.scrollHeight;

  // The time limit: warn, extend, all tabs on one clock. Typed words are drafts on the server.
  const box = $('#timeout'), limit = +root.dataset.session || 0;
  let active = () => {};
  if (box?.showModal && limit) {
    const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('session') : null;
    let end = Date.now() + limit * 1000;
    const longer = seconds => { end = Date.now() + seconds * 1000; if (box.open) box.close(); };
    const tell = seconds => { longer(seconds); tabs?.postMessage(seconds); };
    if (tabs) tabs.onmessage = e => longer(e.data);
    active = () => tell(limit);
    active();
    $('[data-stay]', box).onclick = async () => {
      const done = await post('/session/extend').catch(() => null);
      if (!done?.ok) return location.assign('/signed-out');
      tell(+await done.text());
    };
    setInterval(() => {
      const left = Math.max(0, Math.round((end - Date.now()) / 1000));
      if (left <= 120 && !box.open) box.showModal();
      if (box.open) $('[data-left]', box).textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
      if (!left) location.assign('/signed-out');
    }, 1000);
  }

  if ('serviceWorker' in navigator) navigator.serviceWorker.register('/sw.js').catch(() => {});
})();
