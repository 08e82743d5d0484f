import './lib/strict-policy.ts'
import './components/tokens.css'
import './components/base.css'
import './components/controls.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { connectEngine } from './lib/engine.ts'

connectEngine()

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no #root element.')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
